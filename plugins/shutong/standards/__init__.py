"""Rules that come from national standards (标准规则): identifiers, regions, small predicates.

Light to import: numpy and pyarrow are loaded by the first call into `vectors`.
"""
