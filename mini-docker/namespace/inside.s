// Go takes a declaration without a body, as those in inside.go are, only in a
// package that has a file like this one.
