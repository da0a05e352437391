"""What all settings and seeds share."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Base of all settings: a name that does not exist is an error, not silence."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)
