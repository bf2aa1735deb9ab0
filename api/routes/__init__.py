"""One file per noun; each holds an APIRouter named `router`."""
