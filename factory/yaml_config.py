"""YAML files into typed settings, every mistake with its key, what is allowed, and its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
KeyPath = tuple[str | int, ...]


class ConfigError(ValueError):
    """Settings that can't be used; one line per mistake, each with key, line and remedy."""


def load_config(
    model: type[Model], path: str | Path | None, *, overrides: Sequence[str] = ()
) -> Model:
    """Read a YAML file into `model`, with `key.path=value` overrides; defaults without a file.

    Raises ConfigError (every mistake, one a line) and FileNotFoundError.
    """
    name, text = "defaults", ""
    if path is not None:
        file = Path(path)
        if not file.is_file():
            raise FileNotFoundError(f"no file {file}: give the path of a YAML file")
        name, text = str(file), file.read_text(encoding="utf-8")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not YAML: {' '.join(str(error).split())}") from None
    data = {} if data is None else data
    if not isinstance(data, dict):
        raise ConfigError(f"{name}: must be a mapping of keys, not {type(data).__name__}")
    lines = _key_lines(node)
    for override in overrides:
        lines[_apply_override(data, override)] = f"--set {override}"
    return parse_config(model, data, name=name, lines=lines)


def parse_config(
    model: type[Model],
    data: Mapping[str, Any],
    *,
    name: str,
    lines: Mapping[KeyPath, str] | None = None,
) -> Model:
    """Typed settings from a mapping; ConfigError lists every mistake with its key and line."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = [_explain(model, name, dict(item), lines or {}) for item in error.errors()]
        raise ConfigError("\n".join(dict.fromkeys(found))) from None


def _key_lines(node: yaml.Node | None, prefix: KeyPath = ()) -> dict[KeyPath, str]:
    """Path of each key (and list item) → "line N"."""
    found: dict[KeyPath, str] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            path = (*prefix, key.value)
            found[path] = f"line {key.start_mark.line + 1}"
            found |= _key_lines(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found[(*prefix, index)] = f"line {value.start_mark.line + 1}"
            found |= _key_lines(value, (*prefix, index))
    return found


def _apply_override(data: dict[str, Any], override: str) -> KeyPath:
    key, separator, text = override.partition("=")
    if not separator or not key.strip():
        raise ConfigError(f"--set {override}: write it as key.path=value, e.g. tasks.count=50")
    path = tuple(key.strip().split("."))
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ConfigError(f"--set {override}: the value is not YAML") from None
    target = data
    for part in path[:-1]:
        target = target.setdefault(part, {})
        if not isinstance(target, dict):
            raise ConfigError(f"--set {override}: {part} holds a value, not keys")
    target[path[-1]] = value
    return path


def _explain(
    model: type[BaseModel], name: str, error: Mapping[str, Any], lines: Mapping[KeyPath, str]
) -> str:
    """One line for one pydantic error: file, line, key, what is wrong, what is allowed."""
    location: KeyPath = tuple(part for part in error["loc"] if part != "[key]")
    known = location
    while known and known not in lines:
        known = known[:-1]
    where = f"{name}, {lines[known]}" if known in lines else name
    key = ".".join(map(str, location)) or "settings"
    if error["type"] == "extra_forbidden":
        allowed = ", ".join(sorted(_fields_at(model, location[:-1])))
        return f"{where}: unknown key {key}; allowed here: {allowed}"
    message = str(error["msg"]).removeprefix("Value error, ")
    got = "" if isinstance(error["input"], dict | list | tuple) else f" (got {error['input']!r})"
    return f"{where}: {key}: {message}{got}"


def _fields_at(model: type[BaseModel], location: KeyPath) -> set[str]:
    """Names of the fields a section takes, by its path."""
    for part in location:
        field = model.model_fields.get(str(part))
        annotation = field.annotation if field else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return set()
        model = annotation
    return set(model.model_fields)
