"""Where functions were in earlier releases; nothing lives here."""

from aind_session.utils.codeocean_utils import *
from aind_session.utils.docdb_utils import *
from aind_session.utils.misc_utils import *
from aind_session.utils.s3_utils import *
