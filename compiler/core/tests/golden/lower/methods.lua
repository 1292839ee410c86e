local Account = {}
Account.__index = Account
function Account.new(n) return setmetatable({ balance = n }, Account) end
function Account:deposit(v) self.balance = self.balance + v return self end
function Account.a.b:c() return self end
return Account.new(1):deposit(2):deposit(3).balance
