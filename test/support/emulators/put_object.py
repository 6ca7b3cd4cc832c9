"""Puts a file into the emulator of S3: put_object.py URL SECRET /bucket/key FILE."""

import sys
import urllib.parse
import urllib.request

import signing_for_tests


def main():
    url, secret, path, file_name = sys.argv[1:]
    with open(file_name, 'rb') as file:
        body = file.read()
    host = urllib.parse.urlsplit(url).netloc
    headers = signing_for_tests.signed(('PUT', host, path, '', {'Content-Type': 'video/mp4'}, body),
                                       secret=secret)
    request = urllib.request.Request(url + path, data=body, method='PUT',
                                     headers={**headers, 'User-Agent': 'put_object'})
    urllib.request.urlopen(request, timeout=60)


if __name__ == '__main__':
    main()
