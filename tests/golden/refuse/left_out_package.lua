local p = package.path
