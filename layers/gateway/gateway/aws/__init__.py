"""The only boto3."""
