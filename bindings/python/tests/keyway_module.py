"""The module `keyway`, for tests whose fixture `keyway` hides it."""

from keyway import *  # noqa: F403
