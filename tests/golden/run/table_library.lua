table.concat({}) --> ""
table.concat({ 1, 2, 3 }, "-") --> "1-2-3"
table.concat({ 1, 2, 3 }, "-", 2) --> "2-3"
table.concat({ 1, 2, 3 }, "-", 2, 2) --> "2"
table.concat({ 1, 2, 3 }, "-", 3, 2) --> ""
table.concat({ "a", 1, 2.5 }) --> "a12.5"
local t = { 1, 2 }
table.insert(t, 3)
table.insert(t, 1, 0)
table.insert(t, #t + 1, 4)
t --> [0,1,2,3,4]
table.remove(t) --> 4
table.remove(t, 1) --> 0
table.remove(t, 2) --> 2
t --> [1,3]
table.remove({}) --> nil
table.remove(t, #t + 1) --> nil
table.unpack({ 1, 2, 3 }) --> 1, 2, 3
table.unpack({ 1, 2, 3 }, 2) --> 2, 3
table.unpack({ 1, 2 }, 1, 3) --> 1, 2, nil
table.unpack({}, 1, 0) -->
table.pack().n --> 0
table.pack(1, nil).n --> 2
table.move({ 1, 2, 3 }, 2, 3, 1) --> [2,3,3]
table.move({ 1, 2, 3 }, 1, 3, 2) --> [1,1,2,3]
table.move({ 1, 2 }, 1, 2, 1, {}) --> [1,2]
print(select(2, pcall(table.concat, { 1, {}, 3 })))
print(select(2, pcall(table.concat, { 1, 2 }, "", 1, 3)))
print(select(2, pcall(table.insert, { 1 }, 5, 1)))
print(select(2, pcall(table.insert, { 1 })))
print(select(2, pcall(table.insert, { 1 }, 1, 2, 3)))
print(select(2, pcall(table.remove, { 1 }, 5)))
print(select(2, pcall(table.unpack, {}, 1, 100000000)))
print(select(2, pcall(table.move, {}, 1, math.maxinteger, 2)))
print(select(2, pcall(table.concat, nil)))
