"""The pages that people open in a browser: templates, and scripts that ask for their parts."""

from zokusei.serve.pages.installing import install

__all__ = ["install"]
