"""One step by hand: `deep` is the deep network without detours, `written` every form as the notes write it."""
