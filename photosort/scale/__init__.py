"""More photos than one machine looks at: features as Parquet shards, on any file system."""
