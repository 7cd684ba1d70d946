"""Shutong 数通: the data-sharing exchange of a city government."""

__version__ = "0.1.0"
