"""Schemas as numbered SQL files, one folder per database file. Applied once each, in order; never edited after a release."""
