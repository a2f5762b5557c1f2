package client

import apierrors "k8s.io/apimachinery/pkg/api/errors"

// IsNotFound reports that there is no such object.
func IsNotFound(err error) bool { return apierrors.IsNotFound(err) }

// IsConflict reports that somebody has changed the object since it was read, or
// that it is not the one that was meant.
func IsConflict(err error) bool { return apierrors.IsConflict(err) }

// IsAlreadyExists reports that the name is taken.
func IsAlreadyExists(err error) bool { return apierrors.IsAlreadyExists(err) }

// IsForbidden reports that it may not be: for this user, or now.
func IsForbidden(err error) bool { return apierrors.IsForbidden(err) }

// IsTerminating reports that the namespace is being emptied, so that nothing may
// come into it any more.
func IsTerminating(err error) bool { return apierrors.HasStatusCause(err, "NamespaceTerminating") }

// IsExpired reports that a watch cannot go on where it stopped: what came after
// that is no longer known.
func IsExpired(err error) bool { return apierrors.IsResourceExpired(err) || apierrors.IsGone(err) }
