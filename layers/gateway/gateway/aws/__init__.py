"""The only boto3.

Loading it makes some hundred thousand objects that stay. To look through them for garbage again and again meanwhile is
a tenth of a cold start, so Python looks less often; what little garbage a warm function leaves in circles is still
found.
"""

import gc

gc.set_threshold(200_000)
