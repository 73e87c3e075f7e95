"""Packaging. Dataflow workers install from this file too (`--setup_file=./setup.py`)."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

# Core: what the offline line needs from specs to Parquet. Everything heavier is an extra.
CORE = [
    "apache-beam>=2.77,<2.78",
    "pyarrow>=25,<26",
    "fsspec>=2025.3",
    "jsonschema>=4.26,<5",
    "jsonschema-rs>=0.60,<1",
    "numpy>=2,<2.5",
    "pydantic>=2.12,<3",
    "PyYAML>=6.0.2,<7",
    "rich>=14,<16",
    "selectolax>=0.4,<2",
    "syntok>=1.4.4,<2",
    "tokenizers>=0.22,<1",
    "zstandard>=0.18,<1",
]
EXTRAS = {
    "llm": ["openai[aiohttp]>=3.54,<4"],
    "mcp": ["mcp>=2.3,<3", "mcp-server-time>=2026.10"],
    "train": ["torch>=2.11,<3", "safetensors>=0.6,<1"],
    "tensorboard": ["tensorboard>=2.19,<3"],
    "datasets": ["datasets>=5.2,<6"],
    "page": ["scikit-learn>=1.7,<2"],
}
PACKAGE_FILES = ("md", "yaml", "json", "jinja", "css", "js")
EXTRAS["dev"] = [
    "pytest>=9.2,<10",
    "hypothesis-jsonschema>=0.23.1,<1",
    "hypothesis<6.116",  # newer ones break hypothesis-jsonschema 0.23
    "ruff>=0.14",
    "mypy>=1.18",
    "import-linter>=2.5,<3",
    "transformers[serving]>=5.23,<6",
    "trl>=1.16,<2",
    "xllamacpp>=2026.10",
    "gguf>=0.19",
    "types-PyYAML",
    "types-jsonschema",
    *EXTRAS["tensorboard"],
]


def data_files(folder: str) -> list[tuple[str, list[str]]]:
    """A folder beside the code, below the environment's share/ (see factory/resources.py)."""
    found: dict[str, list[str]] = {}
    for path in sorted((HERE / folder).rglob("*")):
        if path.is_file():
            relative = path.relative_to(HERE)
            target = f"share/k2-data-factory/{relative.parent.as_posix()}"
            found.setdefault(target, []).append(relative.as_posix())
    return sorted(found.items())


setup(
    name="k2-data-factory",
    version=(HERE / "factory" / "VERSION").read_text().strip(),
    description="Verified agentic and rephrased training data, and a MuonClip MoE trainer for it",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    package_data={
        "factory": ["VERSION", *(f"**/*.{end}" for end in PACKAGE_FILES)],
        "pipelines": ["recipes/*.yaml"],
    },
    data_files=[*data_files("schemas"), *data_files("tool_specs")],
    packages=find_packages(include=["factory", "factory.*", "pipelines", "pipelines.*"]),
    install_requires=CORE,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["factory=factory.cli:main"]},
)
