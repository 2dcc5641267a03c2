"""Tests, in directories that mirror the package."""
