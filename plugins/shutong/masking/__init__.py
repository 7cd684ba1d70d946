"""De-identification of what is handed over (脱敏), whole columns at once.

A mask is a pure function from a column to text: nothing it gives out equals what came in, and
what it does not recognise (no value, blank, malformed) it masks whole. By GB/T 37964-2019
《信息安全技术 个人信息去标识化指南》: suppression, generalisation and keyed pseudonyms.
"""

from shutong.masking.columns import WHOLE, mask
from shutong.masking.kinds import MASK_TITLES, Mask
from shutong.masking.pseudonyms import PurposeKey, purpose_key

__all__ = ["MASK_TITLES", "WHOLE", "Mask", "PurposeKey", "mask", "purpose_key"]
