"""Writes of settlement: releases, their adjustment, reserves, payouts, terms and fees."""
