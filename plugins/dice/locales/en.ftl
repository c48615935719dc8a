heads = heads
tails = tails
not-dice = Say it as 2d6+3: how many dice, of how many sides, and what is added.
too-much = At most { $dice } dice of { $sides } sides.
too-long = At most { $terms } parts.
no-such-die = There is no such die.
