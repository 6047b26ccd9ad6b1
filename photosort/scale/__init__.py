"""More photos than one machine looks at: features as Parquet shards, on any file system."""

from typing import Final

SHARD: Final = 4096  # photos: 19 MB of features, five minutes of one core's work (docs/scaling.md)
