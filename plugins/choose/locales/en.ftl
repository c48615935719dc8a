nothing-to-choose = There is nothing to choose from: name two things at least, as in: tea or coffee.
too-many = At most { $most } things.
