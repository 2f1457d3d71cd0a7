"""The only files that use the network: Code Ocean, DocDB and S3."""
