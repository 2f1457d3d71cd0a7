from .contract import NamespaceContract as NamespaceContract
from .failing import Failure as Failure
from .failing import Request as Request
from .fake import FakeAIND as FakeAIND
from .filling import MadeSession as MadeSession
