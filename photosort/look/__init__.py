"""Albums to look at: contact sheets and a page that opens from disk."""
