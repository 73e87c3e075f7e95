"""Evolution of synthetic tools: pure transformations of an operation into a different one."""
