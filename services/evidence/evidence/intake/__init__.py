"""Devices that push: each protocol turns foreign bytes into captures, and answers in its own words."""
