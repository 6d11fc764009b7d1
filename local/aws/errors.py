"""What can be wrong with a local stack, told to the person who started it."""

from __future__ import annotations


class LocalStackError(Exception):
    """The local stack cannot run; the text says what is wrong and where."""


class TemplateError(LocalStackError):
    """`template.yaml` asks for something that is wrong or that is not run here."""


class StartError(LocalStackError):
    """Something outside the template stops the start: a port, a program, an old Python."""
