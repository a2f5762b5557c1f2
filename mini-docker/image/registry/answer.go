package registry

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"golang.org/x/sys/unix"
)

// refuse tells a client what is wrong (distribution-spec, Error Codes). What is wrong
// with this machine is not the client's fault, and is told apart.
func refuse(w http.ResponseWriter, err error) {
	told := &refusal{http.StatusInternalServerError, "UNKNOWN", err.Error()}
	if isFull(err) {
		told.status = http.StatusInsufficientStorage
	}
	errors.As(err, &told)
	type one struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	text, _ := json.Marshal(map[string][]one{"errors": {{told.code, told.message}}})
	answer(w, told.status, "application/json", text)
}

func isFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// answerJSON answers with a document.
func answerJSON(w http.ResponseWriter, mediaType string, document any) error {
	text, err := json.Marshal(document)
	if err == nil {
		answer(w, http.StatusOK, mediaType, text)
	}
	return err
}

func answer(w http.ResponseWriter, status int, mediaType string, text []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write(text)
}

// created says where something is from now on, and by which digest.
func created(w http.ResponseWriter, location string, digest digest) {
	w.Header().Set("Location", location)
	w.Header().Set(digestHeader, digest.String())
	w.WriteHeader(http.StatusCreated)
}

// digestHeader names what an answer is about.
const digestHeader = "Docker-Content-Digest"
