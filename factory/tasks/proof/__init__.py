"""What a task has to withstand before it is kept."""
