package main

import (
	"context"
	"errors"

	"drydock/labs"
)

var errNoTree = errors.New("build labs are not there yet")

func (t *tutor) buildTree(context.Context) (string, error)     { return "", errNoTree }
func (t *tutor) prepareTree(context.Context, []labs.Lab) error { return nil }
func (t *tutor) solveTree(context.Context, labs.Lab) error     { return errNoTree }
func (t *tutor) resetTree(context.Context, labs.Lab) error     { return errNoTree }
