"""Tests of what runs on a device that is not the CPU."""
