"""What a cluster is called: everyday words, numbers and titles kept from run to run."""
