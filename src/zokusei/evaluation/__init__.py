"""How good the probabilities are: metrics, calibration, and the report that shows them.

Everywhere ``probabilities`` are float32 (N, A) in [0, 1] and ``labels`` int8 (N, A): 1 present,
0 absent, -1 unknown. An unknown entry counts nowhere.
"""
