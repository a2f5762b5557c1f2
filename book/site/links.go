package site

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"
)

// Broken names every link of the site's pages that leads nowhere: to a page or an
// anchor that is not there. It also names whatever a page would fetch from
// elsewhere, since a book is read without a network. Links that a reader may
// follow to other sites are left alone.
func (s *Site) Broken() []string {
	anchors, links := map[string]bool{}, map[string][]link{}
	for _, name := range s.Paths() {
		if path.Ext(name) == ".html" {
			links[name] = scan(name, s.files[name], anchors)
		}
	}
	var found []string
	for _, name := range s.Paths() {
		for _, l := range links[name] {
			if why := s.leads(name, l, anchors); why != "" {
				found = append(found, fmt.Sprintf("%s: %s: %s", name, l.to, why))
			}
		}
	}
	return found
}

// link is a reference of a page to something else.
type link struct {
	to      string
	fetched bool // by the browser itself, not when a reader follows it
}

// scan returns the links of a page, and notes its anchors as PAGE#ANCHOR.
func scan(name string, page []byte, anchors map[string]bool) []link {
	var links []link
	for z := html.NewTokenizer(bytes.NewReader(page)); z.Next() != html.ErrorToken; {
		token := z.Token()
		if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
			continue
		}
		for _, a := range token.Attr {
			switch a.Key {
			case "id":
				anchors[name+"#"+a.Val] = true
			case "href", "action":
				links = append(links, link{a.Val, token.Data == "link"})
			case "src":
				links = append(links, link{a.Val, true})
			}
		}
	}
	return links
}

// leads says why a link of a page leads nowhere, "" when it does lead somewhere.
func (s *Site) leads(from string, l link, anchors map[string]bool) string {
	to, err := url.Parse(l.to)
	switch {
	case err != nil:
		return err.Error()
	case to.Scheme == "data":
		return "" // it is its own content
	case to.Scheme != "" || to.Host != "":
		if l.fetched {
			return "would be fetched from elsewhere"
		}
		return ""
	case strings.HasPrefix(to.Path, "/"):
		return "leads out of a book that is opened as a file"
	}
	page := from
	if to.Path != "" {
		page = path.Join(path.Dir(from), to.Path)
	}
	if _, ok := s.files[page]; !ok {
		return "there is no such page"
	}
	if to.Fragment != "" && !anchors[page+"#"+to.Fragment] {
		return "the page has no such anchor"
	}
	return ""
}
