"""What so many looks without (or with few) false claims say about how often there is one.

The bound is Clopper and Pearson's, one-sided: the largest probability p of a false claim in one look
with which k or fewer in n looks would still be seen in 5 % of all campaigns. It is exact, assumes
nothing but that looks are alike and independent, and for k = 0 it is 1 - 0.05^(1/n), about 3/n.
"""

import math

LEVEL = 0.95
STEPS = 60  # of the bisection: far below what is printed


def probability_of_at_most(seen, looks, rate):
    """P(X <= seen) of a binomial distribution."""
    if rate <= 0.0:
        return 1.0
    if rate >= 1.0:
        return 1.0 if seen >= looks else 0.0
    total = 0.0
    for k in range(seen + 1):
        choices = math.lgamma(looks + 1) - math.lgamma(k + 1) - math.lgamma(looks - k + 1)
        total += math.exp(choices + k * math.log(rate) + (looks - k) * math.log1p(-rate))
    return min(total, 1.0)


def upper_bound(seen, looks, level=LEVEL):
    """The 95 % upper bound of the rate, when `seen` of `looks` were false; 1 without a look."""
    if looks == 0 or seen >= looks:
        return 1.0
    low, high = seen / looks, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if probability_of_at_most(seen, looks, middle) > 1 - level:
            low = middle
        else:
            high = middle
    return high
