"""Why a claim is wrong, and what the right line is."""
