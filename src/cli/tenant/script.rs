//! `presync tenant script`: the read-only commands that export what `--tenant` reads.
