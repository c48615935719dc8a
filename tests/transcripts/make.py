#!/usr/bin/env python3
"""Makes the scenes in `attacks` and `quiet` anew: `tests/transcripts/make.py`. They come out the same each time."""

import attacks
import pastes
import quiet
from kit import HERE

if __name__ == "__main__":
    for folder in ("attacks", "quiet"):
        (HERE / folder).mkdir(exist_ok=True)
        for old in (HERE / folder).glob("*.jsonl"):
            old.unlink()
    attacks.main()
    quiet.main()
    pastes.main()
