"""Files that a caller gives us or takes from us. Nothing here stores bytes, speaks HTTP or knows what a file is for.

declared  what a caller says about a file before its bytes come: name, media type, size, digest
sniff     the media type that the bytes themselves show
verdicts  whether the bytes are the declared file, and each fault with its place
digests   Content-Digest of a request and of an answer (RFC 9530)
scanned   what a virus scanner said
scanning  the word of a virus scanner on the bytes
ranges    one part of a file: Range, If-Range, Content-Range (RFC 9110 §14)
"""
