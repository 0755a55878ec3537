"""The tests, in folders that mirror what they test."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
