"""Share requests from draft to grant (申请 审核 审定).

The catalog's files say what people declared, the ledger when it was first seen. `observe`
brings the ledger up to the files, `grants` says what may be delivered.
"""

from shutong.sharing.granting import grants
from shutong.sharing.observing import observe
from shutong.sharing.progress import Progress, progress_of

__all__ = ["Progress", "grants", "observe", "progress_of"]
