"""Fields that more than one form has."""

from typing import Any

from django import forms

ISO = "%Y-%m-%d"


class DayField(forms.DateField):
    """A day, picked or typed as YYYY-MM-DD. `required` and `invalid` say what to do where there is none, or no day."""

    def __init__(self, *, label: Any, required: Any, invalid: Any) -> None:
        super().__init__(
            label=label,
            input_formats=[ISO],
            widget=forms.DateInput(attrs={"type": "date"}, format=ISO),
            error_messages={"required": required, "invalid": invalid},
        )
