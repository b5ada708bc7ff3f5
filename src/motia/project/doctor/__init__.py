"""What `motia doctor` says about a project (CLI-22): text in, findings out. Only `reading`, `resolution`, `installed` and
`surroundings` look at files, nothing here changes one, and nothing runs code of the project except `installed`, which
starts its Python interpreter on a script of ours.
"""

from motia.project.doctor.examination import Situation, examine
from motia.project.doctor.findings import Diagnosis, Difference, FileReport, Missing, Use

__all__ = ["Diagnosis", "Difference", "FileReport", "Missing", "Situation", "Use", "examine"]
