"""A box for each test."""

from tests.system.fixtures import board, box, product

__all__ = ["board", "box", "product"]
