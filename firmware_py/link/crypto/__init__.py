"""Keys, signatures and certificates: the only place that knows the cryptography library.

The boxes verify (`signing.verify`); the tools on a desk sign and issue.
"""
