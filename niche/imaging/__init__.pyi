from .detect import Seen as Seen
from .detect import needed_fold as needed_fold
from .detect import seen as seen
from .detect import smallest_diameter as smallest_diameter
from .forward import Picture as Picture
from .forward import picture as picture
from .lead import Course as Course
from .lead import first_seen as first_seen
from .lesions import Lesion as Lesion
from .lesions import lesion as lesion
from .lesions import profile_of as profile_of
from .modalities import Modality as Modality
from .modalities import drawn as drawn
from .modalities import modality as modality
from .population import Lesions as Lesions
from .population import drawn_lesions as drawn_lesions
from .table import Imaging as Imaging
from .table import read_imaging as read_imaging

__all__: list[str]
