"""MuonClip (Kimi K2 report, Algorithm 1), who owns which parameter, the learning-rate schedule."""
