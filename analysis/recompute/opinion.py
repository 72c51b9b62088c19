"""All that the trials of a result decide, found again and compared."""
import causes
import groups
import ignorance
from comparison import Comparison
from result import Result

MAKERS = {"summary": groups.summary, "exceedance": groups.exceedance, "differences": groups.differences,
          "distribution": groups.distribution, "tail": groups.tail, "trials": groups.trials,
          "convergence": groups.convergence, "sampling": groups.sampling, "attribution": causes.attribution,
          "uncertainty": ignorance.uncertainty}


def compare(path):
    result = Result(path)
    comparison = Comparison(["trial", "calm", *result.metrics])
    for name, make in MAKERS.items():
        if name in result.file:
            comparison.group(result.file[name], f"/{name}", *make(result))
    return comparison
