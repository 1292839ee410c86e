select(1, "a", "b") --> "a", "b"
select(2, "a", "b") --> "b"
select(3, "a", "b") -->
select(-1, "a", "b") --> "b"
select(-2, "a", "b") --> "a", "b"
select("#") --> 0
select("#", nil) --> 1
select("2", "a", "b") --> "b"
select(2.0, "a", "b") --> "b"
print(select(2, pcall(select, 0, "a")))
print(select(2, pcall(select, -3, "a", "b")))
print(select(2, pcall(select)))
print(select(2, pcall(select, "x")))
