module drydock

go 1.26
